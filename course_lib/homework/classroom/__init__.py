"""The grader of assistants: from a folder of submissions to tables, pages and a report."""
