"""The pages that every entity has: what their forms mean, what they show, and how two edits of one record meet. Pure but for the pages themselves."""
