"""What a run is judged by, when it has ended: checks of its stats."""
