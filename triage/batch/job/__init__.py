"""A whole run: what is asked for, who does the work, where results and faults go and what is told at the end."""
