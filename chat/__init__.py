"""The chat of a deal on Socket.IO: what was said before comes first, then what is said now."""
