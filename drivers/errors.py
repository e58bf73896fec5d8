"""Why a packet or message gave no reading. The values are metric labels: keep them."""

from enum import StrEnum


class Reason(StrEnum):
    NO_STATE = "no_state"  # alive, but it says nothing about the door
    UNSUPPORTED = "unsupported"  # another version or device type than we read
    MALFORMED = "malformed"  # breaks its own format: bad value or JSON
    TRUNCATED = "truncated"  # shorter than it says
    NO_KEY = "no_key"  # encrypted, and the ledger has no key
    WRONG_KEY = "wrong_key"  # the authentication tag does not fit
    UNENCRYPTED = "unencrypted"  # plain, from a sensor that has a key: perhaps forged
    REPLAY = "replay"  # its authenticated counter did not grow
    UNKNOWN_SENSOR = "unknown_sensor"  # not in the ledger
    TOO_OLD = "too_old"  # older than what we keep of the household
    OTHER_DEVICE = "other_device"  # a topic or device that is no door sensor
