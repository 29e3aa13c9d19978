"""The dataset as files: one folder that can be cited, loaded anywhere and browsed."""
