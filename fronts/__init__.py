"""What REST, pages and administration share: the services of the program, log-in, and the way writes are answered."""
