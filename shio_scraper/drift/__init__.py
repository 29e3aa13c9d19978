"""Which layouts a site had before, and what a new one changes."""
