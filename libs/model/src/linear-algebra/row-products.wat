;; Products of rows in f64, two columns at a time: what the engine of JavaScript does with one. No sum depends on how many rows
;; there are, and WebAssembly rounds everywhere alike.
(module
  (memory (import "host" "memory") 1)

  ;; C = A B^T. A and B have rows of as many bytes, a multiple of 16, C has rows of as many numbers as B has rows.
  ;; The rows of A are a multiple of 4, those of B of 2, none of them 0.
  (func (export "products")
    (param $a i32) (param $b i32) (param $c i32) (param $aRows i32) (param $bRows i32) (param $rowBytes i32)
    (local $i i32) (local $j i32) (local $resultBytes i32)
    (local.set $resultBytes (i32.mul (local.get $bRows) (i32.const 8)))
    (loop $rowsOfA
      (local.set $j (i32.const 0))
      (loop $rowsOfB
        (call $tile
          (i32.add (local.get $a) (i32.mul (local.get $i) (local.get $rowBytes)))
          (i32.add (local.get $b) (i32.mul (local.get $j) (local.get $rowBytes)))
          (i32.add
            (i32.add (local.get $c) (i32.mul (local.get $i) (local.get $resultBytes)))
            (i32.mul (local.get $j) (i32.const 8)))
          (local.get $rowBytes)
          (local.get $resultBytes))
        (local.set $j (i32.add (local.get $j) (i32.const 2)))
        (br_if $rowsOfB (i32.lt_u (local.get $j) (local.get $bRows))))
      (local.set $i (i32.add (local.get $i) (i32.const 4)))
      (br_if $rowsOfA (i32.lt_u (local.get $i) (local.get $aRows)))))

  ;; Four rows of A by two of B: eight sums and what is loaded for them fit into the registers that x86 and ARM have.
  (func $tile
    (param $a0 i32) (param $b0 i32) (param $c i32) (param $rowBytes i32) (param $resultBytes i32)
    (local $a1 i32) (local $a2 i32) (local $a3 i32) (local $b1 i32) (local $end i32)
    (local $x v128) (local $y0 v128) (local $y1 v128)
    (local $s00 v128) (local $s01 v128) (local $s10 v128) (local $s11 v128)
    (local $s20 v128) (local $s21 v128) (local $s30 v128) (local $s31 v128)
    (local.set $a1 (i32.add (local.get $a0) (local.get $rowBytes)))
    (local.set $a2 (i32.add (local.get $a1) (local.get $rowBytes)))
    (local.set $a3 (i32.add (local.get $a2) (local.get $rowBytes)))
    (local.set $b1 (i32.add (local.get $b0) (local.get $rowBytes)))
    (local.set $end (local.get $a1))
    (loop $columns
      (local.set $y0 (v128.load (local.get $b0)))
      (local.set $y1 (v128.load (local.get $b1)))
      (local.set $x (v128.load (local.get $a0)))
      (local.set $s00 (f64x2.add (local.get $s00) (f64x2.mul (local.get $x) (local.get $y0))))
      (local.set $s01 (f64x2.add (local.get $s01) (f64x2.mul (local.get $x) (local.get $y1))))
      (local.set $x (v128.load (local.get $a1)))
      (local.set $s10 (f64x2.add (local.get $s10) (f64x2.mul (local.get $x) (local.get $y0))))
      (local.set $s11 (f64x2.add (local.get $s11) (f64x2.mul (local.get $x) (local.get $y1))))
      (local.set $x (v128.load (local.get $a2)))
      (local.set $s20 (f64x2.add (local.get $s20) (f64x2.mul (local.get $x) (local.get $y0))))
      (local.set $s21 (f64x2.add (local.get $s21) (f64x2.mul (local.get $x) (local.get $y1))))
      (local.set $x (v128.load (local.get $a3)))
      (local.set $s30 (f64x2.add (local.get $s30) (f64x2.mul (local.get $x) (local.get $y0))))
      (local.set $s31 (f64x2.add (local.get $s31) (f64x2.mul (local.get $x) (local.get $y1))))
      (local.set $a1 (i32.add (local.get $a1) (i32.const 16)))
      (local.set $a2 (i32.add (local.get $a2) (i32.const 16)))
      (local.set $a3 (i32.add (local.get $a3) (i32.const 16)))
      (local.set $b0 (i32.add (local.get $b0) (i32.const 16)))
      (local.set $b1 (i32.add (local.get $b1) (i32.const 16)))
      (local.set $a0 (i32.add (local.get $a0) (i32.const 16)))
      (br_if $columns (i32.lt_u (local.get $a0) (local.get $end))))
    (v128.store (local.get $c) (call $bothSums (local.get $s00) (local.get $s01)))
    (local.set $c (i32.add (local.get $c) (local.get $resultBytes)))
    (v128.store (local.get $c) (call $bothSums (local.get $s10) (local.get $s11)))
    (local.set $c (i32.add (local.get $c) (local.get $resultBytes)))
    (v128.store (local.get $c) (call $bothSums (local.get $s20) (local.get $s21)))
    (local.set $c (i32.add (local.get $c) (local.get $resultBytes)))
    (v128.store (local.get $c) (call $bothSums (local.get $s30) (local.get $s31))))

  ;; Each of two sums of even and of odd columns becomes one.
  (func $bothSums (param $left v128) (param $right v128) (result v128)
    (f64x2.add
      (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23 (local.get $left) (local.get $right))
      (i8x16.shuffle 8 9 10 11 12 13 14 15 24 25 26 27 28 29 30 31 (local.get $left) (local.get $right)))))
