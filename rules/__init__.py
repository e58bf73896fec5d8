"""The policy of doorwatch, pure: no input or output, no clock, no logging. Begin with README.md."""
