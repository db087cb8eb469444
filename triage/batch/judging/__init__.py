"""What answers mean and what the rules conclude: bits, the engine that judges them, the exact reader and its faults."""
