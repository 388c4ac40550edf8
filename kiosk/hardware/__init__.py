"""The devices: contracts, transports, one file a protocol."""
