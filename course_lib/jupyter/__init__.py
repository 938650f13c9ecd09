"""What the course adds to Jupyter, copied into `.venv` by the set-up; everything works without it.

- `nodelay`: sliders answer twice as fast.
- `templates/course`: in web pages, which have no kernel, a live figure has the sliders of
  `course_lib/figures/page.py`; the same in slides and when JupyterLab exports a notebook.
- `labextensions`: a live figure that no kernel knows, in a notebook opened again, is shown as it
  was saved and not as an error.
- `labconfig`: JupyterLab does not ask about news and updates; the question would lie over the
  notebook. Whoever wants them says so in the settings.

`config.json` switches `nodelay` and the templates on, for the server and for nbconvert. `lab`
has the commands of the package: one copies it all, one opens the course anywhere.
"""
