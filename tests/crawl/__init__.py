"""The second tier: whole crawls in processes of their own, kills, full disks, memory."""
