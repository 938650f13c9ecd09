"""What an answer is worth and what is wrong with it: the same for `check` and for the grader."""
