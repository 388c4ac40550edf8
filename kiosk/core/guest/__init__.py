"""The guest's journeys, a file each; `flow` leads from one to the next."""
