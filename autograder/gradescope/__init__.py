"""What runs inside a Gradescope container: its scripts, and the harness that grades there.

``templates/`` holds the two scripts that Gradescope asks for and the pinned requirements;
``autograder.course.container`` puts them into the zip together with this package.
"""
