"""What is made of a recorded session: replay, what-if, reports, charts."""
