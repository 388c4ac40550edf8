"""The first start of an appliance: what its owner is asked, and how a kiosk is made of the answers.

``step(state, event, now)`` is pure; `present` puts a state into words; `creation` makes the store
and the settings, safe from power cuts; `shell` is the window, the readers and the errands. A file
for fleets (`setup_file`) leads to the same creation. Source: docs/adr/0029-first-boot.md.
"""
