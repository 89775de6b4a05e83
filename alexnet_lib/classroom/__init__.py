"""The classroom: problem sets that grade themselves, from one source notebook each, on nbgrader.

`checks` is what their tests are made of and all that a student's notebook imports from here. The rest is the teacher's:
student copies, grading, marks and feedback; it imports nbgrader and Jupyter inside functions, as they are no part
of what an experiment needs.
"""
