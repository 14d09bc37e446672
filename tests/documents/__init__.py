"""What the documents of the systems that must work here say, line by line, over real HTTP."""
