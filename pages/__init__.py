"""What buyers and sellers see: pages made by the server, usable without script. One noun per file, as everywhere."""
