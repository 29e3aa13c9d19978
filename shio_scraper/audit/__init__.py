"""What is odd on a page, which layouts are new, and the recorded cases."""
