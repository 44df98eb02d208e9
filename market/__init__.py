"""What the business does: each act is written once, and called by REST, pages, activities and commands alike."""
