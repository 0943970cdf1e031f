"""What operators run: commands and the doctor."""
