"""Simulated devices: state machines at the far end of a transport, no code of a driver."""
