// A library that is only opened at run time: nothing is called by name.
