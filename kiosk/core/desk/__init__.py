"""The attendant's side of the screen: its scenes, its journey, and a file for each section."""
