"""Ownership: which module a path belongs to, who owns it, and how the policy's file is changed. Pure."""
