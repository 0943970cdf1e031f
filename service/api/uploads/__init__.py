"""Reading upload bodies: multipart and JSON in, plain fields and open files out."""
