"""The attendant's pages in words; `pages` knows whose page is whose."""
