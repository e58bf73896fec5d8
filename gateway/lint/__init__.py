"""What is doubtful in a site that has no mistakes; one file a subject."""
