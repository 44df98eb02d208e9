"""The market's REST API: one folder per noun, each with its routes and its schemas."""
