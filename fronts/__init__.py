"""What REST, pages and administration share: the services of the program, cookies, and the way writes are answered."""
