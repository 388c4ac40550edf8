"""Simulated devices: state machines at the far end of a transport, sharing no code with a driver."""
