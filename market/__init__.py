"""The business acts: each is written once, and called by REST, pages, activities and commands alike."""
