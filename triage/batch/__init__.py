"""Many cases at once, near the speed of reading their file; the same answers as the plain engine, case by case."""
