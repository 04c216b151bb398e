export default {
  title: '存储空间',
};
