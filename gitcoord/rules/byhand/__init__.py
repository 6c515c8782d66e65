"""Changes that people made to the branch by hand: a merged pull request, an edit on the forge, a broken merge."""
