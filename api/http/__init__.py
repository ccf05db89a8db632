"""What all routes share: bodies, answers, problems, documents."""
