-- End a session: what it had in hand waits again. ARGV: session.

remove(ARGV[1])
return 1
