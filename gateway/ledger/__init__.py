"""Who lives where, which sensor hangs on which door, who is told, and when it may open."""
