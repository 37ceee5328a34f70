export declare function perform(ptr: usize, len: i32): usize;
