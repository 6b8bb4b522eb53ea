// Nothing is called by name: the functions of this library stand in front of the C library's own (ld.so(8), LD_PRELOAD).
