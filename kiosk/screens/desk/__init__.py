"""How the attendant's pages look: one drawing for all sections."""
