// Nothing of ours calls it: libmongoc does, when it is loaded.
