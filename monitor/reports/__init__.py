"""Reports of recorded sessions and cohorts, as a page of HTML and as PDF (extra `report`)."""
