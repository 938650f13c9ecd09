"""What runs beside a student's code in the sandbox: the standard library and NumPy alone.

Each file is a script of its own there (`jail` runs one of them), so none imports another.
"""
