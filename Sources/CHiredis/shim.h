// The folder is named: hiredis.pc would add flags that SwiftPM refuses.
#include <hiredis/hiredis.h>
