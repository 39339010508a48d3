"""Users, departments, roles, sign-in, sessions."""
