"""What the kiosk decides: money, cards, clients, journeys. No Kivy, no drivers, no threads."""
