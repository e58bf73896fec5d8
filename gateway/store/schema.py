"""The shape of the database: numbered steps, each only ever adds (an older release still opens it).

Page size: 1,024 bytes. A card wears by pages, and a lone reading touches few of them.
Times are whole milliseconds since 1970 UTC; ids grow with time.
"""

PAGE_SIZE = 1_024

MIGRATIONS: tuple[str, ...] = (
    """
    -- Every input of the rules, in the order in which they were applied. The truth.
    CREATE TABLE journal (
        id            INTEGER PRIMARY KEY,
        received_at   INTEGER NOT NULL,
        kind          INTEGER NOT NULL,      -- gateway.store.journal.Entry
        subject       TEXT,                  -- sensor, household or nothing
        at            INTEGER,               -- when it happened, if not when received
        since         INTEGER,               -- not watched before: the last sure moment
        door          INTEGER,               -- 1 open, 0 closed
        counter       INTEGER,
        replay_counter INTEGER,
        message_id    INTEGER,               -- MQTT packet identifier, to know a redelivery
        body          TEXT                   -- the rest, as JSON
    );
    -- One row an incident, as people see it; rewritten when it changes.
    CREATE TABLE incidents (
        id            INTEGER PRIMARY KEY,
        household_id  TEXT,
        number        INTEGER NOT NULL,      -- the household's own count, as the rules know it
        code          TEXT NOT NULL,         -- digits, unique for 7 days
        state         TEXT NOT NULL,         -- open, acknowledged, resolved
        raised_at     INTEGER NOT NULL,
        updated_at    INTEGER NOT NULL,
        body          TEXT NOT NULL,         -- the public JSON, without its alerts
        UNIQUE (household_id, number)
    );
    CREATE INDEX incidents_unresolved ON incidents (state) WHERE state <> 'resolved';
    -- The outbox: every message to a person, from intention to delivery.
    CREATE TABLE alerts (
        id            INTEGER PRIMARY KEY,
        incident_id   INTEGER,               -- NULL: not about an incident (an answer to a reply)
        person_id     TEXT NOT NULL,
        phone         TEXT NOT NULL,         -- E.164
        kind          TEXT NOT NULL,         -- sms, voice, chat
        step          INTEGER NOT NULL,
        text          TEXT NOT NULL,
        status        TEXT NOT NULL,
        provider      TEXT,
        provider_id   TEXT,
        attempts      INTEGER NOT NULL DEFAULT 0,
        created_at    INTEGER NOT NULL,
        reading_at    INTEGER,               -- arrival of the reading that caused it, for latency
        next_at       INTEGER NOT NULL,      -- when to look at it next
        sending_at    INTEGER,               -- first handed over: its list counts from here
        accepted_at   INTEGER,
        delivered_at  INTEGER,
        error         TEXT
    );
    -- A query that is to use it has to repeat the condition word for word: store.alerts.
    CREATE INDEX alerts_under_way ON alerts (status, next_at)
        WHERE status IN ('pending', 'held', 'sending', 'accepted', 'sent');
    CREATE INDEX alerts_of_incident ON alerts (incident_id);
    -- Replies that were already acted on, by the provider's id.
    CREATE TABLE replies (
        provider_id   TEXT PRIMARY KEY,
        at            INTEGER NOT NULL
    ) WITHOUT ROWID;
    -- Every version of the ledger, whole, as JSON.
    CREATE TABLE ledger (
        version       INTEGER PRIMARY KEY,
        at            INTEGER NOT NULL,
        body          TEXT NOT NULL
    );
    -- The rules' memory of every household as of one journal id; what follows is replayed.
    CREATE TABLE snapshot (
        id            INTEGER PRIMARY KEY CHECK (id = 1),
        journal_id    INTEGER NOT NULL,
        at            INTEGER NOT NULL,
        body          BLOB NOT NULL
    );
    -- What other processes ask of the running gateway, and its answers.
    CREATE TABLE requests (
        id            INTEGER PRIMARY KEY,
        at            INTEGER NOT NULL,
        body          TEXT NOT NULL,
        answer        TEXT
    );
    """,
    """
    -- One row a pass, as people see it; rewritten when it was used or taken back.
    CREATE TABLE passes (
        id            INTEGER PRIMARY KEY,   -- people say pass-ID
        household_id  TEXT NOT NULL,
        granted_at    INTEGER NOT NULL,
        ends_at       INTEGER NOT NULL,
        body          TEXT NOT NULL          -- gateway.passes.Pass
    );
    CREATE INDEX passes_granted ON passes (granted_at);
    """,
    """
    -- When households were not observed: one row from the beginning to the end of a cause.
    CREATE TABLE gaps (
        id            INTEGER PRIMARY KEY,
        cause         TEXT NOT NULL,         -- gateway.coverage.gaps.State
        subject       TEXT,                  -- a household; NULL: all whom the cause concerns
        since         INTEGER NOT NULL,
        until         INTEGER,               -- NULL: it is still so
        journal_id    INTEGER                -- of an outage: the start after it
    );
    CREATE INDEX gaps_open ON gaps (cause, subject) WHERE until IS NULL;
    -- What people and the gateway itself did, among a million readings. A query that is to use it
    -- has to repeat the condition word for word: gateway.coverage.table.EVENTS.
    CREATE INDEX journal_events ON journal (kind) WHERE kind NOT IN (1, 2, 10);
    """,
    """
    -- The budget of a number: what was handed to a provider counts, whatever became of it.
    ALTER TABLE alerts ADD COLUMN handed INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE alerts ADD COLUMN handed_at INTEGER;
    ALTER TABLE alerts ADD COLUMN merged_into INTEGER;   -- the alert that says it too
    UPDATE alerts SET handed = 1, handed_at = coalesce(accepted_at, sending_at)
        WHERE coalesce(accepted_at, sending_at) IS NOT NULL;
    """,
    """
    -- The latency of an alert, stage by stage: what the other moments do not say.
    ALTER TABLE alerts ADD COLUMN committed_at INTEGER;      -- durable; before that nobody is told
    ALTER TABLE alerts ADD COLUMN first_handed_at INTEGER;   -- to a provider; kept when tried again
    """,
    """
    -- Who may log in to the pages. With a person of the ledger, that person's role and grid hold.
    CREATE TABLE users (
        name          TEXT PRIMARY KEY,
        password      TEXT NOT NULL,         -- argon2id, as argon2-cffi writes it
        person_id     TEXT,                  -- of the ledger; else role and grid_id hold
        role          TEXT,
        grid_id       TEXT,                  -- NULL: all
        language      TEXT,
        added_at      INTEGER NOT NULL
    ) WITHOUT ROWID;
    -- Logins that are going on. The cookie holds the token, this its hash.
    CREATE TABLE sessions (
        token_hash    BLOB PRIMARY KEY,
        user          TEXT NOT NULL,
        since         INTEGER NOT NULL,
        until         INTEGER NOT NULL
    ) WITHOUT ROWID;
    -- Who did what, where the journal of the rules does not say it: logins, users, ledger, rules.
    CREATE TABLE audit (
        id            INTEGER PRIMARY KEY,
        at            INTEGER NOT NULL,
        who           TEXT NOT NULL,         -- a user's name, or the account of the command line
        what          TEXT NOT NULL,         -- gateway.store.audit.Did
        subject       TEXT,                  -- a sensor, household, user; never a phone or address
        detail        TEXT
    );
    -- The resident's key to the own page: one a household. The link holds the token, this its hash.
    CREATE TABLE resident_tokens (
        household_id  TEXT PRIMARY KEY,
        token_hash    BLOB NOT NULL,
        pin           TEXT,                  -- argon2id; for the code that hangs inside the home
        issued_at     INTEGER NOT NULL,
        until         INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX resident_token_hash ON resident_tokens (token_hash);
    """,
    """
    -- What was purged or erased: counts, and no person.
    CREATE TABLE purges (
        id            INTEGER PRIMARY KEY,
        at            INTEGER NOT NULL,
        until         INTEGER NOT NULL,      -- the newest moment of which something is gone
        body          TEXT NOT NULL          -- gateway.privacy.deleting.Counts
    );
    """,
    """
    -- A sensor being bound and tried, step by step, and what came of it: the certificate.
    CREATE TABLE installations (
        id            INTEGER PRIMARY KEY,
        household_id  TEXT NOT NULL,
        sensor_id     TEXT NOT NULL,
        by            TEXT NOT NULL,
        started_at    INTEGER NOT NULL,
        ended_at      INTEGER,               -- NULL: it goes on
        body          TEXT NOT NULL          -- gateway.web.install.jobs.Job
    );
    CREATE INDEX installations_of_household ON installations (household_id);
    """,
)
