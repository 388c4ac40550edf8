"""The guest's screens, a Python file and a kv file each."""
