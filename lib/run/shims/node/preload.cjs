// Loaded by Node before a program of `authsome run`.
"use strict";
