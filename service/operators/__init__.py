"""The commands for operators, among them the doctor."""
