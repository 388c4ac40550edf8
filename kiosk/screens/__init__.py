"""What the guest sees: views made from situations, and the Kivy shell that draws them."""
